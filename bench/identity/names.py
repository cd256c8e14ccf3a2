"""Names as they are borne in Canada, commonest first within each list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sex = Literal["f", "m"]
Language = Literal["en", "fr"]
SEXES: tuple[Sex, ...] = ("f", "m")
LANGUAGES: tuple[Language, ...] = ("en", "fr")


def words(text: str) -> tuple[str, ...]:
    """The words of a text; an underscore stands for a space within one."""
    return tuple(word.replace("_", " ") for word in text.split())


EN_WOMEN = words(
    """
    Mary Jennifer Linda Susan Karen Patricia Lisa Michelle Barbara Sandra Elizabeth Margaret Nancy Sarah
    Laura Jessica Heather Deborah Kimberly Emily Emma Olivia Ashley Amanda Melissa Stephanie Nicole Rebecca
    Rachel Amy Angela Andrea Christine Catherine Kathleen Carol Donna Diane Sharon Cynthia Brenda Pamela
    Janet Joan Judith Joyce Shirley Dorothy Helen Ruth Betty Marilyn Beverly Gail Wendy Tracy Julie Cheryl
    Debra Denise Theresa Maureen Colleen Sheila Eileen Jean Anne Alice Frances Evelyn Irene Edith Florence
    Doris Marjorie Audrey Megan Lauren Samantha Victoria Hannah Abigail Madison Chloe Sophia Ava Charlotte
    Amelia Isla Grace Ella Lily Natalie Allison Erin Kelly Shannon Danielle Kristen Lindsay Courtney
    Brittany Tiffany Vanessa Holly Jill Joanne Leslie Lori Lynn Rhonda Robin Tammy Tina Valerie Vivian
    Yvonne Bonnie Carolyn Claire Dana Eleanor Fiona Gillian Gwen Hazel Heidi Hilary Ingrid Iris Jacqueline
    Jocelyn Josephine Kate Kendra Lorraine Lucy Mackenzie Marion Maxine Meredith Miranda Monica Morgan Naomi
    Nora Paige Penelope Phoebe Priscilla Rosemary Sabrina Selena Sonia Stella Sylvia Tara Ursula Violet
    Wanda Willow Zoe Bridget Moira Rowena
    """
)
EN_MEN = words(
    """
    John David Robert Michael James William Richard Thomas Mark Paul Peter Steven Brian Kevin Christopher
    Matthew Daniel Andrew Jason Scott Ryan Joseph George Kenneth Donald Ronald Edward Gary Douglas Gordon
    Bruce Stephen Timothy Jeffrey Gregory Eric Patrick Anthony Jonathan Justin Brandon Tyler Kyle Jordan
    Adam Aaron Nathan Benjamin Samuel Nicholas Alexander Jacob Ethan Noah Liam Lucas Logan Owen Jack Henry
    Oliver Leo Charles Frank Raymond Walter Harold Arthur Albert Ernest Ralph Stanley Norman Leonard
    Lawrence Gerald Roger Allan Keith Wayne Dennis Larry Terry Barry Glenn Randy Craig Derek Dean Darren
    Doug Trevor Troy Todd Shawn Sean Neil Graham Ian Colin Stuart Malcolm Duncan Angus Murray Ross Hugh
    Lloyd Clifford Clarence Howard Earl Cameron Connor Dylan Evan Gavin Hunter Isaac Jeremy Joel Joshua
    Julian Kurt Lance Lorne Luke Marcus Martin Maxwell Mitchell Morris Nelson Nigel Oscar Philip Quentin
    Reginald Rodney Roland Russell Seth Sheldon Sidney Spencer Theodore Travis Vernon Victor Vincent Wesley
    Winston Zachary Austin Bradley Brent Calvin Chester Clayton Curtis Dale Damian Darryl Desmond Dominic
    Donovan Elliot Fraser Garth Geoffrey Grant Harvey
    """
)
FR_WOMEN = words(
    """
    Marie Louise Nathalie Sylvie Johanne Diane Lise Isabelle Julie France Chantal Suzanne Nicole Manon
    Francine Martine Caroline Monique Stéphanie Josée Lucie Line Annie Linda Hélène Mélanie Ginette Denise
    Christine Guylaine Louise-Anne Véronique Micheline Carole Pauline Céline Thérèse Jacqueline Danielle
    Claudette Colette Huguette Jeannine Lorraine Madeleine Marguerite Gisèle Yvette Rita Cécile Simone
    Jeanne Rose Solange Odette Catherine Geneviève Valérie Karine Mélissa Jessica Émilie Audrey Sophie
    Joanie Vanessa Alexandra Roxanne Gabrielle Camille Laurence Noémie Ariane Marianne Sarah Rosalie
    Florence Juliette Alice Charlotte Béatrice Léa Maude Élodie Éloïse Justine Anaïs Coralie Océane Megan
    Jade Mia Zoé Livia Maëlle Clara Élise Éliane Andrée Anne Anne-Marie Marie-Ève Marie-Claude Marie-Josée
    Marie-Pier Anick Arianne Brigitte Chloé Claire Claudia Cynthia Dominique Édith Estelle Évelyne Fanny
    Fernande Gaétane Ghislaine Guylaine-Anne Hortense Ingrid Irène Jocelyne Josiane Jacinthe Joëlle Judith
    Katia Lison Lorraine-Marie Lyne Lysanne Magalie Marthe Mireille Mylène Myriam Nadia Nadine Nancy
    Normande Patricia Rachel Raymonde Réjeanne Renée Rollande Sabrina Sandra Solène Sonia Suzie Sylvette
    Tania Violette Viviane Yolande
    """
)
FR_MEN = words(
    """
    Michel Pierre Jean André Claude Daniel Alain Robert Marc Sylvain Richard Gilles Martin Jacques Stéphane
    François Denis Yves Luc Éric Patrick Serge Louis Réjean Normand Mario Benoît Guy Steve Christian Dominic
    Gaétan Bernard Marcel Roger Raymond Gérard Fernand Roland Lucien Maurice Paul Henri Léo Émile Arthur
    Armand Laurent Rosaire Adrien Sébastien Mathieu Maxime Alexandre Simon Nicolas Jonathan Vincent Samuel
    David Frédéric Guillaume Olivier Philippe Étienne Antoine Charles Gabriel Félix Thomas William Nathan
    Jérémy Raphaël Émerick Zachary Édouard Xavier Hugo Loïc Anthony Kevin Francis Jean-François Jean-Pierre
    Jean-Guy Jean-Claude Pierre-Luc Marc-André Marc-Antoine Louis-Philippe Carl Cédric Clément Conrad Damien
    Donald Édgar Fabien Gaston Georges Germain Ghislain Gilbert Grégoire Hervé Hubert Jacquelin Jocelyn Joël
    Jules Julien Justin Lionel Ludovic Magella Marcellin Médéric Nelson Noël Octave Pascal Placide Régis
    Régent René Rémi Renaud Rodrigue Roméo Ronald Sylvio Théo Thierry Tristan Urbain Valère Victor Wilfrid
    Yan Yannick Yvan Yvon
    """
)
EN_FAMILIES = words(
    """
    Smith Brown Wilson MacDonald Martin Campbell Taylor Anderson Jones Williams Johnson Thompson Stewart
    Scott Miller White Young Robinson Clark Walker Reid Murphy Ross King Hall Allen Wright Mitchell Moore
    Green Hill Baker Adams Kelly Graham Morrison Fraser Hamilton Hughes Davis Evans Thomas Roberts Harris
    Lewis Jackson Wood Watson Bell Cook Bailey Murray Simpson Johnston Cameron Grant Ferguson Henderson
    Kennedy McDonald MacKenzie MacLeod MacLean Gordon Russell Sutherland Burke Marshall Palmer Foster Fisher
    Butler Barnes Bennett Armstrong Atkinson Austin Barker Barrett Bates Baxter Beaton Bishop Black Blair
    Boyd Bradley Brady Brooks Bryant Buchanan Burgess Burns Byrne Carr Carson Carter Chapman Clarke Coleman
    Collins Connolly Cooper Corbett Cowan Cox Craig Crawford Cross Cunningham Currie Curtis Dalton Davidson
    Dawson Day Dean Dixon Dobson Donaldson Douglas Doyle Drummond Duncan Dunlop Dunn Edwards Elliott Ellis
    English Farrell Field Finlay Fleming Fletcher Flynn Forbes Ford Fowler Fox Francis Freeman Fuller
    Gallagher Gardiner Gibson Gilbert Gill Gillespie Gillis Glover Goodwin Gould Gray Griffin Griffiths
    Hardy Harper Harrison Hart Harvey Hawkins Hayes Henry Hewitt Hicks Higgins Hogan Holland Holmes Hopkins
    Howard Howe Hudson Hunt Hunter Hutchinson Innes Irving James Jamieson Jenkins Jennings Jordan Kane Kay
    Keating Keith Kemp Kerr Kirk Knight Lamb Lambert Lane Law Lawrence Lawson Leslie Little Lloyd Logan Long
    Love Lowe Lynch Lyons Mackay Maloney Manning Marsh Mason Matheson Matthews Maxwell McBride McCarthy
    McCormick McCoy McGregor McIntosh McIntyre McKay McKenna McLaughlin McLean McLeod McMillan McNeil
    McPherson Melville Meyer Middleton Mills Milne Monroe Montgomery Morgan Morris Morton Munro Myers Nash
    Neilson Nelson Newman Newton Nichol Nicholson Nolan Norris Oliver Osborne Owens Page Parker Parsons
    Paterson Patrick Patterson Payne Pearce Pearson Penner Perkins Perry Peters Peterson Phillips Pike
    Pollock Porter Potter Powell Power Pratt Price Pritchard Quinn Ramsay Reynolds Rice Richards Richardson
    Ritchie Robertson Rogers Rose Rowe Ryan Sanders Saunders Shannon Sharp Shaw Shepherd Sheppard Sherman
    Simmons Sinclair Skinner Sloan Snow Somerville Spencer Stanley Steele Stephens Stevens Stevenson Stone
    Stuart Sullivan Swan Sweeney Tait Tanner Thornton Todd Tucker Turner Tyler Underwood Vaughan Vincent
    Wade Walsh Walters Ward Warren Waters Watt Watts Weaver Webb Webster Welch Wells West Wheeler Whelan
    Whyte Wilkins Wilkinson Williamson Willis Winter Wong-Smith Woodward Woods Wyatt Yates York
    """
)
FR_FAMILIES = words(
    """
    Tremblay Gagnon Roy Côté Bouchard Gauthier Morin Lavoie Fortin Gagné Ouellet Pelletier Bélanger Lévesque
    Bergeron Leblanc Paquette Girard Simard Boucher Caron Beaulieu Cloutier Dubé Poirier Fournier Lapointe
    Leclerc Lefebvre Poulin Thibault Nadeau Martel Landry Michaud Bédard Grenier Lessard Fontaine Hébert
    Turcotte Lachance Parent Demers Blais Harvey Gosselin Savard Proulx Beaudoin Perreault Boudreau Richard
    Dufour Bernier Audet Couture Desjardins Carrier Ménard Rousseau Gilbert Bolduc Thériault Gravel Lambert
    Vachon Charbonneau Dion Cyr Giroux Leduc Plante Renaud Allard Raymond Blanchette Lemay Labelle Drouin
    Cormier Langlois Therrien Legault Brassard Beauchamp Pépin Boivin Guay Belzile Dupuis Lalonde Brisson
    Champagne Mercier Nolin Robert Fillion Trudel Lacroix Deschênes Dupont Arsenault Chartrand Goulet
    Lamontagne Lebel Robitaille Provost Comeau Lacasse Germain Rivard Archambault Asselin Aubin Auclair
    Babin Barbeau Baril Bastien Beaudry Bégin Béland Benoît Bérubé Bertrand Bibeau Bilodeau Bissonnette
    Boily Boisvert Bonneau Bourassa Bourgeois Bourque Brochu Brodeur Bureau Cadieux Campeau Cardinal
    Castonguay Chabot Charest Chénier Choquette Clément Coulombe Courchesne Cousineau Crête Croteau Daigle
    Daoust David Delisle Delorme Denis Desbiens Desrochers Desrosiers Doré Doucet Doyon Dubois Dubuc
    Duchesne Dufresne Duguay Dumais Dumont Duplessis Duquette Dussault Duval Émond Faucher Favreau Ferland
    Filiatrault Fleury Forget Forest Fréchette Gaudet Gaudreault Gélinas Gendron Gervais Gignac Gingras
    Godbout Godin Grondin Guérin Guillemette Hamel Houle Huot Jacques Jean Jobin Jolicoeur Joly Juneau Labbé
    Labonté Labrecque Laferrière Laflamme Lafleur Lafontaine Laforest Lafrance Lagacé Lajoie Laliberté
    Lamarre Lamothe Lamoureux Landreville Langevin Lanthier Laplante Laporte Laprise Larivière Larocque
    Larose Larouche Latour Laurin Lauzon Lavallée Laverdière Lavigne Lavergne LeBrun Leclair Ledoux
    Lefrançois Légaré Léger Lemaire Lemelin Lemieux Lepage Leroux Létourneau Levasseur Lussier Maheux
    Mailhot Mailloux Major Marchand Marcotte Marion Marois Marquis Massé Mathieu Mayrand Meunier Millette
    Miron Moisan Monette Moreau Morel Morissette Nault Néron Normandin Pagé Papineau Paradis Paré Patenaude
    Patry Pellerin Perron Petit Picard Pilon Pinard Piché Plourde Potvin Prévost Quirion Racicot Racine
    Raîche Rancourt Riopel Rioux Robillard Rodrigue Rondeau Sabourin Sauvé Savoie Sénécal Séguin Sirois
    Soucy Surprenant Taillefer Tanguay Tardif Tessier Théberge Théroux Thivierge Toupin Tousignant Trépanier
    Trottier Vaillancourt Valiquette Vallée Veilleux Verreault Vézina Viau Viens Vigneault Villeneuve
    """
)


@dataclass(frozen=True, slots=True)
class Origin:
    """The names of a community: given names of women and men, family names."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]


ORIGINS = (
    Origin(
        words(
            """
            Mei Ling Xiu Yan Jing Fang Hui Lan Ying Yun Qing Wei-Ling Shu-Fen Kitty Vivien Winnie Grace
            """
        ),
        words(
            """
            Wei Jun Ming Hao Lei Jian Bo Feng Chun-Hei Ka-Fai Kin-Wah Raymond Eddie Terence Alvin Ken
            """
        ),
        words(
            """
            Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Lin Guo He Gao Luo Wong Chan
            Leung Cheung Lam Ng Ho Kwok Tsang Yip Fung Mak Tse
            """
        ),
    ),
    Origin(
        words(
            """
            Priya Anita Sunita Neha Pooja Deepa Kavita Meera Anjali Rani Simran Aisha Fatima Zainab Sana
            """
        ),
        words(
            """
            Raj Amit Sanjay Vikram Arjun Rahul Anil Suresh Ravi Imran Bilal Usman Farhan Ajay Deepak
            """
        ),
        words(
            """
            Patel Sharma Khan Kumar Shah Ahmed Gupta Mehta Desai Joshi Reddy Nair Iyer Rao Verma Kapoor
            Malhotra Chaudhry Hussain Malik Qureshi Siddiqui Fernando Perera Chowdhury Banerjee Mukherjee
            Das Bose
            """
        ),
    ),
    Origin(
        words(
            """
            Maria Giulia Rosa Carmela Antonella Lucia Franca Filomena Teresa Angelina Paola Silvana
            """
        ),
        words(
            """
            Giuseppe Antonio Mario Salvatore Vito Domenico Carlo Franco Rocco Sergio Enzo Luigi Pasquale
            """
        ),
        words(
            """
            Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti DeLuca
            Mancini Costa Giordano Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso
            Ferrara
            """
        ),
    ),
    Origin(
        words(
            """
            Ana Beatriz Inês Fátima Conceição Lurdes Graça Carmen Pilar Lourdes Dolores Luz Esperanza
            """
        ),
        words(
            """
            João Manuel José Carlos Luís Jorge Miguel Ramón Diego Fernando Ricardo Ernesto Rogelio
            """
        ),
        words(
            """
            Silva Santos Ferreira Pereira Oliveira Sousa Rodrigues Medeiros Pacheco Raposo Amaral Garcia
            Martinez Lopez Hernandez Gonzalez Perez Ramirez Cruz Reyes Bautista Ocampo Villanueva Mendoza
            Aquino Castro
            """
        ),
    ),
    Origin(
        words(
            """
            Thi-Lan Huong Mai Linh Ngoc Phuong Thuy Trang Hoa Kim Yen Tuyet Soo-Jin Ji-Hye Eun-Ji
            """
        ),
        words(
            """
            Minh Tuan Hung Dung Quang Khanh Duc Thanh Long Bao Son Hai Sung-Ho Dong-Hyun Jae-Won
            """
        ),
        words(
            """
            Nguyen Tran Pham Hoang Phan Vu Dang Bui Do Duong Dinh Truong Lam Kim Park Choi Jung Kang Cho
            Yoon Jang
            """
        ),
    ),
    Origin(
        words(
            """
            Leila Samira Nadia Hala Rania Yasmine Mariam Amina Dina Salma Shirin Parisa Nasrin Roya
            """
        ),
        words(
            """
            Omar Karim Hassan Youssef Tarek Samir Walid Ziad Bassam Reza Hamid Farid Nabil Rachid
            """
        ),
        words(
            """
            Haddad Khoury Mansour Nasser Saleh Hamdan Aziz Farah Issa Sayegh Tadros Ibrahim Hosseini Rahimi
            Karimi Tehrani Benali Bouazza Cherif Toumi Belkacem Zeroual Mansouri Amrani
            """
        ),
    ),
    Origin(
        words(
            """
            Olena Natalia Iryna Oksana Svitlana Halyna Katarzyna Agnieszka Ewa Elena Tatiana Ioana Eleni
            """
        ),
        words(
            """
            Bohdan Taras Ihor Mykola Andriy Piotr Krzysztof Marek Dmitri Alexei Stavros Nikos Radu
            """
        ),
        words(
            """
            Kowalski Nowak Wisniewski Shevchenko Kovalenko Melnyk Bondarenko Boyko Ivanov Petrov Volkov
            Popescu Ionescu Papadopoulos Georgiou Makris Horvat Novak Kaminski Zielinski Hrynkiw Chomiak
            Stefaniuk
            """
        ),
    ),
)

UNCOMMON = words(
    """
    Abernethy Achterberg Aldworthy Ambridge Anquetil Ashdown Baltzan Barraclough Beddington Bellefontaine
    Benavente Bettancourt Birkenshaw Blakesley Bonenfant Bracebridge Brissenden Cadwallader Cartwheel
    Chantigny Chassériau Clutterbuck Colquhoun Courtemanche Crabtree Dalhousie Desautels-Prud Desmarteau
    Dragonetti Drinkwater Duclervoir Eberhardt Eglington Entwistle Fairweather Farnsworth Fauteux
    Featherstone Fitzgibbon Flammarion Folkestone Frobisher Gaboury Galbraith Garamond Gascoigne Gilchrist
    Glendinning Goldthorpe Grandbois Grosvenor Guèvremont Hardcastle Hathersage Havercroft Heathcote
    Hollingsworth Honeycutt Huddlestone Inglewood Isbister Jalbert Jellicoe Kettlewell Kilpatrick Kirkbride
    Labrosse-Quay Ladouceur Langstaff Larkspur Latulippe Lightbody Lindqvist Livernoche Lockhart Longbottom
    Lovelace Magnusson Malenfant Marchildon Merriweather Mondelet Montpetit Mountjoy Musgrave Netherby
    Nightingale Oglethorpe Osterhout Outhwaite Papillon Pemberton Penhaligon Pettigrew Pickersgill Pomerleau
    Quackenbush Quenneville Quesnel-Ward Ravenscroft Rembrandt Rockwell Rosenquist Rumbolt Sansregret
    Scarborough Sedgewick Shillingford Silversides Snodgrass Sparrowhawk Starblanket Stronach Summerhayes
    Tatlock Thistlewood Thorvaldson Tilleman Toutant Trelawney Uttley Vadeboncoeur Vanstone Verville
    Wainwright Walkinshaw Weatherby Whitcombe Winterbourne Woolsey Worthington Yarborough Zinck
    """
)
"""Family names that no other list holds: where a name is all there is to see, it must be one that tells."""
